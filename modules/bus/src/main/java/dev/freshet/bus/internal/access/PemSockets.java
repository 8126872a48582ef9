package dev.freshet.bus.internal.access;

import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import javax.net.ssl.SSLSocketFactory;

/** Makes sockets with what PEM files hold at that moment. Safe to use from any thread. */
final class PemSockets extends SSLSocketFactory {

    private final PemFiles files;

    PemSockets(PemFiles files) {
        this.files = files;
    }

    PemFiles files() {
        return files;
    }

    @Override
    public Socket createSocket(Socket plain, String host, int port, boolean autoClose) throws IOException {
        return files.read().createSocket(plain, host, port, autoClose);
    }

    @Override
    public Socket createSocket() throws IOException {
        return files.read().createSocket();
    }

    @Override
    public Socket createSocket(String host, int port) throws IOException {
        return files.read().createSocket(host, port);
    }

    @Override
    public Socket createSocket(String host, int port, InetAddress localHost, int localPort) throws IOException {
        return files.read().createSocket(host, port, localHost, localPort);
    }

    @Override
    public Socket createSocket(InetAddress host, int port) throws IOException {
        return files.read().createSocket(host, port);
    }

    @Override
    public Socket createSocket(InetAddress host, int port, InetAddress localHost, int localPort) throws IOException {
        return files.read().createSocket(host, port, localHost, localPort);
    }

    @Override
    public String[] getDefaultCipherSuites() {
        return files.read().getDefaultCipherSuites();
    }

    @Override
    public String[] getSupportedCipherSuites() {
        return files.read().getSupportedCipherSuites();
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof PemSockets sockets && sockets.files.equals(files);
    }

    @Override
    public int hashCode() {
        return files.hashCode();
    }

    @Override
    public String toString() {
        return files.toString();
    }
}
