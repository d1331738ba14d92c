function bits(n)
  return n << 2
end
