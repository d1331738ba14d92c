function power(n)
  return n ^ 2
end
