package dev.freshet.proofs.simulation;

import dev.freshet.bus.TimeSource;

/** A process's clocks: its monotonic one stands still while its machine is suspended, its calendar clock may be set. */
final class VirtualClock implements TimeSource {

    private static final long BOOT_MICROS = 1_000_000_000L;

    private final World world;
    private long suspendedMicros;
    private long wallOffsetMicros;

    VirtualClock(World world) {
        this.world = world;
    }

    void suspendedFor(long micros) {
        suspendedMicros += micros;
    }

    void setBy(long micros) {
        wallOffsetMicros += micros;
    }

    @Override
    public long nanoTime() {
        return (BOOT_MICROS + world.nowMicros() - suspendedMicros) * 1_000;
    }

    @Override
    public long wallMicros() {
        return world.nowMicros() + wallOffsetMicros;
    }
}
