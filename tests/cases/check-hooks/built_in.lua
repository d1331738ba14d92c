built_in = tostring
