function closing(n)
  local x <close> = nil
  return n
end
