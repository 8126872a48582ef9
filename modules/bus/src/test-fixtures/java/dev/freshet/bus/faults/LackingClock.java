package dev.freshet.bus.faults;

import dev.freshet.bus.TimeSource;
import java.util.function.Predicate;

/** A clock that lacks a method for some who ask. Every thread asks it, so it stands for a library that does not fit. */
public final class LackingClock implements TimeSource {

    private final Predicate<Thread> lacks;

    /** @param lacks whether it lacks a method for the calling thread; asked each time */
    public LackingClock(Predicate<Thread> lacks) {
        this.lacks = lacks;
    }

    /** Returns a clock that lacks a method on threads with such names. */
    public static LackingClock on(String threads) {
        return new LackingClock(thread -> thread.getName().matches(threads));
    }

    @Override
    public long nanoTime() {
        check();
        return System.nanoTime();
    }

    @Override
    public long wallMicros() {
        check();
        return TimeSource.SYSTEM.wallMicros();
    }

    private void check() {
        if (lacks.test(Thread.currentThread())) {
            throw new NoSuchMethodError("'void of.a.library.Type.gone()'");
        }
    }
}
