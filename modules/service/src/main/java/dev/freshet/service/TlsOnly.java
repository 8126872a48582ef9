package dev.freshet.service;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.ssl.NotSslRecordException;
import io.netty.util.ReferenceCountUtil;
import java.nio.charset.StandardCharsets;
import java.util.function.Consumer;

/** Answers plain HTTP at a port that speaks TLS, so that whoever forgot the s of https sees why nothing works. */
final class TlsOnly extends ChannelInboundHandlerAdapter {

    /** Each request of HTTP/1 begins with a letter; each handshake of TLS with the byte 22. */
    private static final int FIRST_LETTER = 'A';

    private static final String BODY = Problem.of(
                    400, "tls-required", "This port speaks TLS only. Use https:// in the address.")
            .toJson()
            .encode();

    private static final String ANSWER = "HTTP/1.1 400 Bad Request\r\nContent-Type: " + Problem.CONTENT_TYPE
            + "\r\nContent-Length: " + BODY.length() + "\r\nConnection: close\r\n\r\n" + BODY;

    private final Consumer<Throwable> refused;
    private boolean isRefused;

    /** @param refused called if the client sends plain HTTP */
    TlsOnly(Consumer<Throwable> refused) {
        this.refused = refused;
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
        if (isRefused) {
            ReferenceCountUtil.release(message);
        } else if (message instanceof ByteBuf bytes
                && bytes.isReadable()
                && bytes.getUnsignedByte(bytes.readerIndex()) >= FIRST_LETTER) {
            isRefused = true;
            ReferenceCountUtil.release(message);
            refused.accept(new NotSslRecordException("plain HTTP"));
            // Towards the network, past the handler of TLS, which stands behind this one.
            context.writeAndFlush(Unpooled.copiedBuffer(ANSWER, StandardCharsets.ISO_8859_1))
                    .addListener(ChannelFutureListener.CLOSE);
        } else {
            context.pipeline().remove(this);
            context.fireChannelRead(message);
        }
    }
}
