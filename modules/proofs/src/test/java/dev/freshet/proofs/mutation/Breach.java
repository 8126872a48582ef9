package dev.freshet.proofs.mutation;

/** A promise was broken. */
public final class Breach extends AssertionError {

    private static final long serialVersionUID = 1L;

    public Breach(String what) {
        super(what);
    }
}
