package dev.freshet.demo.fault;

import java.util.Optional;
import java.util.stream.Stream;

/** The faults, in the order in which the script plays them. */
public enum Fault {
    /** The way to Redis is closed for two seconds. */
    CUT('c', "cut"),
    /** A load takes so long that a change overtakes it. */
    SLOW_LOAD('s', "slow load"),
    /** The process is stopped for some seconds, as a busy machine does it. */
    FREEZE('f', "freeze"),
    /** Redis is killed and comes back empty. */
    RESTART('r', "restart Redis"),
    /** The process is killed. */
    KILL('k', "kill");

    private final char key;
    private final String label;

    Fault(char key, String label) {
        this.key = key;
        this.label = label;
    }

    /** Returns the key that plays it. */
    public char key() {
        return key;
    }

    /** Returns what it is called. */
    public String label() {
        return label;
    }

    /** Returns the fault that this key plays. */
    public static Optional<Fault> of(int key) {
        return Stream.of(values()).filter(fault -> fault.key == key).findFirst();
    }
}
