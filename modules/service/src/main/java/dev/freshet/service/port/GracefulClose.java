package dev.freshet.service.port;

import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOption;
import io.netty.channel.socket.DuplexChannel;
import io.netty.handler.ssl.SslHandler;
import io.netty.util.concurrent.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.internal.net.NetSocketInternal;
import io.vertx.core.net.NetSocket;
import java.util.concurrent.TimeUnit;

/**
 * Closes a connection so that the peer can read the last bytes that it was sent. If a connection is closed while bytes of the peer
 * are unread, the peer's next write fails, and the peer may never read these last bytes. So the output is ended first, and what still
 * arrives is discarded until the peer closes, for a second at most. Stateless. Event loop of the connection.
 */
public final class GracefulClose {

    private static final long DISCARDING_MILLIS = 1_000;

    /** A peer that takes no bytes for so long is closed with what it did not take. */
    private static final long TAKING_MILLIS = 10_000;

    private GracefulClose() {}

    /** Closes a socket once all that was written is sent. From now on, nobody hears what it receives. */
    public static void close(NetSocket socket) {
        if (!(socket instanceof NetSocketInternal internal)) {
            socket.close();
            return;
        }
        socket.handler(discarded -> {});
        socket.resume();
        ChannelHandlerContext context = internal.channelHandlerContext();
        Future<?> limit = closeAfter(context, TAKING_MILLIS);
        socket.write(Buffer.buffer()).onComplete(sent -> {
            limit.cancel(false);
            SslHandler tls = context.pipeline().get(SslHandler.class);
            if (tls == null || sent.failed()) {
                close(context);
            } else {
                begin(tls.closeOutbound().addListener(told -> close(context)));
            }
        });
    }

    /**
     * Closes a channel whose last bytes were sent.
     *
     * @param context of the handler that discards what still arrives; handlers nearer to the network hear the closing
     */
    static void close(ChannelHandlerContext context) {
        Channel channel = context.channel();
        if (!(channel instanceof DuplexChannel duplex) || !channel.isActive() || duplex.isInputShutdown()) {
            begin(context.close());
            return;
        }
        channel.config()
                .setOption(ChannelOption.ALLOW_HALF_CLOSURE, false); // once both have ended, it closes by itself
        begin(duplex.shutdownOutput());
        begin(closeAfter(context, DISCARDING_MILLIS));
    }

    private static Future<?> closeAfter(ChannelHandlerContext context, long millis) {
        Future<?> limit = context.executor().schedule(() -> begin(context.close()), millis, TimeUnit.MILLISECONDS);
        begin(context.channel().closeFuture().addListener(closed -> limit.cancel(false)));
        return limit;
    }

    /** Ends the output of a socket once all that was written is sent. What the peer still sends is heard. */
    public static void endOutput(NetSocket socket) {
        if (!(socket instanceof NetSocketInternal internal)) {
            socket.close();
            return;
        }
        Channel channel = internal.channelHandlerContext().channel();
        socket.write(Buffer.buffer()).onComplete(sent -> {
            SslHandler tls = channel.pipeline().get(SslHandler.class);
            if (tls == null) {
                endOutput(channel);
            } else {
                begin(tls.closeOutbound().addListener(told -> endOutput(channel)));
            }
        });
    }

    private static void endOutput(Channel channel) {
        if (channel instanceof DuplexChannel duplex && channel.isActive()) {
            begin(duplex.shutdownOutput());
        }
    }

    /** Nobody waits for what happens: the connection closes anyhow, at the latest after a while. */
    private static void begin(Future<?> unused) {}
}
