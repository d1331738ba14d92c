function share(n)
  return n // 2 + n / 2
end
