package dev.freshet.benchmarks.inner;

import dev.freshet.schema.Decoded;
import dev.freshet.schema.Invalidation;
import dev.freshet.schema.RecordBody;
import dev.freshet.schema.RecordCodec;
import dev.freshet.schema.Selector;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/** Encodes a record's body, and decodes a record as a subscriber does. Each key is one invalidation, as callers send them. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class CodecBenchmark {

    private static final int RECORDS = 64;
    private static final long CHANGED_MICROS = 1_767_225_600_000_000L;

    @Param({"1", "32"})
    public int keys = 1;

    private final List<RecordBody> bodies = new ArrayList<>();
    private final List<byte[]> frames = new ArrayList<>();
    private int next;

    @Setup
    public void makeRecords() {
        for (int i = 0; i < RECORDS; i++) {
            List<Invalidation> invalidations = new ArrayList<>();
            for (int k = 0; k < keys; k++) {
                long micros = CHANGED_MICROS + i * 1_000L + k;
                invalidations.add(new Invalidation(
                        Selector.keys("user:" + (100_000 + i * keys + k)), micros, micros + 40, OptionalLong.empty()));
            }
            RecordBody body = Subscribed.body(invalidations);
            bodies.add(body);
            byte[] header =
                    ("00c0ffee00c0ffee " + (i + 1) + " " + CHANGED_MICROS + "\n").getBytes(StandardCharsets.US_ASCII);
            byte[] encoded = RecordCodec.encodeBody(body);
            byte[] frame = new byte[header.length + encoded.length];
            System.arraycopy(header, 0, frame, 0, header.length);
            System.arraycopy(encoded, 0, frame, header.length, encoded.length);
            if (!(RecordCodec.decode(frame) instanceof Decoded.Intact)) {
                throw new IllegalStateException("The benchmark built a record that cannot be decoded");
            }
            frames.add(frame);
        }
    }

    private int next() {
        next = (next + 1) & (RECORDS - 1);
        return next;
    }

    @Benchmark
    public byte[] encode() {
        return RecordCodec.encodeBody(bodies.get(next()));
    }

    @Benchmark
    public Decoded decode() {
        return RecordCodec.decode(frames.get(next()));
    }
}
