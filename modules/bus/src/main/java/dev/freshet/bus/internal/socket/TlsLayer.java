package dev.freshet.bus.internal.socket;

import dev.freshet.bus.internal.access.ForeignCode;
import dev.freshet.bus.internal.access.MisconfiguredException;
import java.io.IOException;
import java.net.Socket;
import java.util.concurrent.TimeoutException;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.SSLSocketFactory;
import org.jspecify.annotations.Nullable;
import redis.clients.jedis.HostAndPort;
import redis.clients.jedis.exceptions.JedisConnectionException;

/**
 * Puts TLS over connected sockets, and checks that the server's certificate is for the name or address that was connected to.
 *
 * @param factory makes the sockets; null: Java's own
 */
public record TlsLayer(@Nullable SSLSocketFactory factory, ForeignCode foreign) {

    /** Checks the name as for HTTPS: exactly, or by a wildcard for its first label. */
    private static final String CHECK_OF_NAMES = "HTTPS";

    /**
     * Returns a socket whose handshake is done. Blocks for at most twice the timeout.
     *
     * @param server the other end, as it begins a sentence
     * @throws MisconfiguredException naming what somebody must mend
     * @throws JedisConnectionException if the connection breaks
     */
    Socket over(Socket plain, HostAndPort node, String server, int timeoutMillis) {
        try {
            plain.setSoTimeout(timeoutMillis);
            return foreign.run("the TLS socket factory", 2L * timeoutMillis, () -> secured(plain, node));
        } catch (TimeoutException e) {
            throw new JedisConnectionException(server + " did not finish the TLS handshake in time");
        } catch (IOException e) {
            String fault = TlsFaults.describe(server, e);
            if (fault != null) {
                throw new MisconfiguredException(fault);
            }
            JedisConnectionException broken = new JedisConnectionException(server
                    + " did not finish the TLS handshake: " + e.getMessage()
                    + " (if this lasts: is it a port for TLS?)");
            // Not its cause: the message of the first cause is what people see.
            broken.addSuppressed(e);
            throw broken;
        }
    }

    private Socket secured(Socket plain, HostAndPort node) throws IOException {
        SSLSocketFactory sockets = factory == null ? (SSLSocketFactory) SSLSocketFactory.getDefault() : factory;
        SSLSocket secured = (SSLSocket) sockets.createSocket(plain, node.getHost(), node.getPort(), true);
        SSLParameters parameters = secured.getSSLParameters();
        parameters.setEndpointIdentificationAlgorithm(CHECK_OF_NAMES);
        secured.setSSLParameters(parameters);
        secured.startHandshake();
        return secured;
    }
}
