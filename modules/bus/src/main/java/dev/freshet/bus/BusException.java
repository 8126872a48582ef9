package dev.freshet.bus;

/** The root of the exceptions that this module throws for faults which the caller did not cause. */
public class BusException extends RuntimeException {

    private static final long serialVersionUID = 1;

    public BusException(String message) {
        super(message);
    }

    public BusException(String message, Throwable cause) {
        super(message, cause);
    }
}
