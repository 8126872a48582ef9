package dev.freshet.service.port;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.util.AsciiString;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.http.impl.VertxHttpRequestDecoder;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Decodes requests as Vert.x does, and refuses a header or a trailer that goes on at the next line ({@code obs-fold}, RFC 9112,
 * 5.2). Netty joins such lines. Another server may see a header of its own there.
 */
public final class UnfoldedRequestDecoder extends VertxHttpRequestDecoder {

    private @Nullable ByteBuf buffer;
    /** A header line has ended, and the next byte has not arrived yet. */
    private boolean awaitsLine;
    /** The line that is read next begins with a space or a tab. */
    private boolean isFolded;

    UnfoldedRequestDecoder(HttpServerOptions options) {
        super(options);
    }

    @Override
    protected void decode(ChannelHandlerContext context, ByteBuf in, List<Object> out) throws Exception {
        if (awaitsLine && in.isReadable()) {
            awaitsLine = false;
            if (beginsFolded(in)) {
                isFolded = true;
                // Netty would join the line without asking. Any other first byte makes it a header, whose name is split
                // below.
                in.setByte(in.readerIndex(), ':');
            }
        }
        buffer = in;
        try {
            super.decode(context, in, out);
        } finally {
            buffer = null;
        }
    }

    /** Is called for each header and trailer, when its first line has been read and the next has not. */
    @Override
    protected AsciiString splitHeaderName(byte[] line, int start, int length) {
        ByteBuf rest = buffer;
        if (rest != null) { // Else the superclass is under construction.
            awaitsLine = !rest.isReadable();
            if (isFolded || (!awaitsLine && beginsFolded(rest))) {
                throw new IllegalArgumentException("A header goes on at the next line.");
            }
        }
        return super.splitHeaderName(line, start, length);
    }

    private static boolean beginsFolded(ByteBuf line) {
        byte first = line.getByte(line.readerIndex());
        return first == ' ' || first == '\t';
    }
}
