function doubled(n) return 2 * n end
function forgotten(n) return n end
