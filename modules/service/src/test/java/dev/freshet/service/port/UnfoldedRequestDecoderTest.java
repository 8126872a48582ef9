package dev.freshet.service.port;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.codec.http.HttpObject;
import io.netty.util.ReferenceCountUtil;
import io.vertx.core.http.HttpServerOptions;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Bytes arrive in pieces: a folded line is refused, and no other, wherever they are cut. */
final class UnfoldedRequestDecoderTest {

    @ParameterizedTest
    @ValueSource(
            strings = {
                "GET / HTTP/1.1\r\nHost: a\r\n b\r\n\r\n",
                "GET / HTTP/1.1\r\nHost: a\r\n\tX: b\r\n\r\n",
                "GET / HTTP/1.1\r\nHost: a\r\n \r\n\r\n",
                "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\nX: a\r\n b: c\r\n\r\n",
                "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nX: a\r\nY: a\r\n\t\r\n\r\n",
                "GET / HTTP/1.1\r\nHost: a\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n b\r\n\r\n",
            })
    void aFoldedLineIsRefused(String request) {
        for (int cut = 0; cut < request.length(); cut++) {
            assertThat(isRefused(request.substring(0, cut), request.substring(cut)))
                    .as("cut at %s", cut)
                    .isTrue();
        }
        assertThat(isRefused(request.split("(?<=.)", -1))).isTrue();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "GET / HTTP/1.1\r\nHost: a\r\nX:  b\r\nY:\tc \r\n\r\n",
                "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 8\r\n\r\n {\r\n \t\r\n",
                "POST / HTTP/1.1\r\nContent-Length: 6\r\nHost: a\r\n\r\n\tX: b\nGET / HTTP/1.1\r\nHost: a\r\n\r\n",
                "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\n a:\r\n2\r\n\r\n\r\n0\r\nX: a\r\n\r\n",
                "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n4\r\n\r\n b\r\n0\r\n\r\n",
            })
    void whatIsNotFoldedIsDecoded(String request) {
        for (int cut = 0; cut < request.length(); cut++) {
            assertThat(isRefused(request.substring(0, cut), request.substring(cut)))
                    .as("cut at %s", cut)
                    .isFalse();
        }
        assertThat(isRefused(request.split("(?<=.)", -1))).isFalse();
    }

    private static boolean isRefused(String... parts) {
        EmbeddedChannel channel = new EmbeddedChannel(new UnfoldedRequestDecoder(new HttpServerOptions()));
        for (String part : parts) {
            channel.writeInbound(Unpooled.copiedBuffer(part, ISO_8859_1));
        }
        boolean refused = false;
        for (Object next = channel.readInbound(); next != null; next = channel.readInbound()) {
            refused |= ((HttpObject) next).decoderResult().isFailure();
            ReferenceCountUtil.release(next);
        }
        channel.finishAndReleaseAll();
        return refused;
    }
}
