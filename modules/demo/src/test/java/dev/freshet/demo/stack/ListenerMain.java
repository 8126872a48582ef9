package dev.freshet.demo.stack;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;

/** A process that listens on a port until a signal ends it. */
final class ListenerMain {

    private static final String LISTENING = "listening on ";

    private ListenerMain() {}

    public static void main(String[] port) throws IOException {
        try (ServerSocket socket = new ServerSocket(Integer.parseInt(port[0]), 1, InetAddress.getLoopbackAddress())) {
            System.out.println(LISTENING + socket.getLocalPort());
            socket.accept();
        }
    }

    static boolean saysThatItListens(Path log, int port) {
        try {
            return Files.readString(log).contains(LISTENING + port);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
