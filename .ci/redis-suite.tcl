# Appended to the client of Redis' own suite: each read is sent three times, and the test sees the last answer. The first makes the RESP
# port fetch a copy, so that the last one is answered from it. Other commands are sent once, and all are with READS_ONCE in the environment.
set ::redis::repeated {get mget exists strlen getrange substr ttl pttl hget hmget hgetall sismember}

rename ::redis::__dispatch__ ::redis::__dispatch_once__

proc ::redis::__dispatch__ {id method args} {
    set times 1
    if {![info exists ::env(READS_ONCE)] && [lsearch -exact $::redis::repeated [string tolower $method]] >= 0
        && $::redis::blocking($id) && !$::redis::deferred($id) && !$::redis::readraw($id)} {
        set times 3
    }
    for {set i 1} {1} {incr i} {
        set code [catch {::redis::__dispatch_once__ $id $method {*}$args} answer]
        if {$i == $times || $code != 0 || $answer eq {QUEUED}} {
            return -code $code $answer
        }
        after 1
    }
}
