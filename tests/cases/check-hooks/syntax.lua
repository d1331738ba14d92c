function misspelt(n)
  if n > 1 thn
    return n
  end
end
