-- Ends the claim of a load that has stored nothing. Preceded by tier.lua.
--
-- KEYS  1 the claim
-- ARGV  1 its name
-- Returns {'ok'}

tier_functions().release(KEYS[1], ARGV[1])
return {'ok'}
