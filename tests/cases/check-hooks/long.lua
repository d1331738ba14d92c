function long_number(n)
  return 9223372036854775808
end
