package dev.freshet.bus.internal.retransmit;

import dev.freshet.schema.Decoded;
import dev.freshet.schema.Invalidation;
import dev.freshet.schema.Position;
import dev.freshet.schema.RecordBody;
import dev.freshet.schema.RecordCodec;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.OptionalLong;

/** Moves the times of an encoded body from the clock of one server to that of another. */
final class RetimedBody {

    /** A body is decoded behind a header. Its values do not matter. */
    private static final byte[] ANY_HEADER = (Position.formatEpoch(0) + " 1 0\n").getBytes(StandardCharsets.US_ASCII);

    private RetimedBody() {}

    /**
     * Returns the body with later times.
     *
     * @param laterMicros by how much the other clock is ahead; may be negative
     * @param clockErrorMicros how far the estimate of the other clock may be off; empty if unknown
     */
    static byte[] of(byte[] body, long laterMicros, OptionalLong clockErrorMicros) {
        if (laterMicros == 0) {
            return body;
        }
        byte[] frame = ByteBuffer.allocate(ANY_HEADER.length + body.length)
                .put(ANY_HEADER)
                .put(body)
                .array();
        if (!(RecordCodec.decode(frame) instanceof Decoded.Intact intact)) {
            return body; // not written by this version; its times are told as they are
        }
        List<Invalidation> later = intact.body().invalidations().stream()
                .map(each -> each.later(laterMicros))
                .toList();
        return RecordCodec.encodeBody(new RecordBody(intact.body().origin(), clockErrorMicros, later));
    }
}
