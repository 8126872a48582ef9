package dev.freshet.demo.fault;

/** The faults, in the order in which the script plays them. */
public enum Fault {
    /** The way to Redis is closed for two seconds. */
    CUT('c', "cut"),
    /** A load takes so long that a change overtakes it. */
    SLOW_LOAD('s', "slow load"),
    /** A replica is stopped for some seconds, as a busy machine does it. */
    FREEZE('f', "freeze"),
    /** Redis is killed and started again. */
    RESTART('r', "restart Redis"),
    /** A replica is killed. */
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

    /** Returns what it is called, with its key marked. */
    public String menuItem() {
        return "[" + key + "]" + label.substring(1);
    }

    /** Returns what it is called. */
    public String label() {
        return label;
    }
}
