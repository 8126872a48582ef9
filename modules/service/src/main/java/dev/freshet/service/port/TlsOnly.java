package dev.freshet.service.port;

import dev.freshet.service.http.Problem;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.ssl.NotSslRecordException;
import io.netty.util.ReferenceCountUtil;
import java.nio.charset.StandardCharsets;
import java.util.function.Consumer;

/** Answers plain text at a port that speaks TLS, so that whoever forgot the s of https or rediss sees why nothing works. */
public final class TlsOnly extends ChannelInboundHandlerAdapter {

    /** Each request of HTTP/1 begins with a letter, each command of Redis with * or a letter; each handshake of TLS with the byte 22. */
    private static final int FIRST_OF_TEXT = '*';

    private static final String BODY = Problem.of(
                    400, "tls-required", "This port speaks TLS only. Use https:// in the address.")
            .toJson()
            .encode();

    /** For clients of HTTP. */
    static final String HTTP = "HTTP/1.1 400 Bad Request\r\nContent-Type: " + Problem.CONTENT_TYPE
            + "\r\nContent-Length: " + BODY.length() + "\r\nConnection: close\r\n\r\n" + BODY;

    private final String answer;
    private final Consumer<Throwable> refused;
    private boolean isRefused;

    /**
     * @param answer what a client is told that sends plain text
     * @param refused called for such a client
     */
    TlsOnly(String answer, Consumer<Throwable> refused) {
        this.answer = answer;
        this.refused = refused;
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
        if (isRefused) {
            ReferenceCountUtil.release(message);
        } else if (message instanceof ByteBuf bytes
                && bytes.isReadable()
                && bytes.getUnsignedByte(bytes.readerIndex()) >= FIRST_OF_TEXT) {
            isRefused = true;
            ReferenceCountUtil.release(message);
            refused.accept(new NotSslRecordException("plain text"));
            // Towards the network, past the handler of TLS, which stands behind this one.
            context.writeAndFlush(Unpooled.copiedBuffer(answer, StandardCharsets.ISO_8859_1))
                    .addListener(sent -> GracefulClose.close(context));
        } else {
            context.pipeline().remove(this);
            context.fireChannelRead(message);
        }
    }
}
