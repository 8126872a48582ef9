package dev.freshet.demo.stack;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;

class FreePortsTest {

    @Test
    @EnabledOnOs(OS.LINUX)
    void noClientGetsAPortBeforeItsProcess() throws IOException {
        int firstOfClients = firstOfClients();
        FreePorts chooser = new FreePorts();
        List<Integer> ports = Stream.of(chooser.choose(50), chooser.choose(50))
                .flatMap(List::stream)
                .toList();

        assertThat(ports).hasSize(100).doesNotHaveDuplicates().allMatch(port -> port < firstOfClients);
    }

    private static int firstOfClients() throws IOException {
        try (InputStream range = Files.newInputStream(Path.of("/proc/sys/net/ipv4/ip_local_port_range"))) {
            // In one read: the kernel has no more for a second one.
            String text = new String(range.readNBytes(64), StandardCharsets.US_ASCII);
            return Integer.parseInt(text.split("\\s+", -1)[0]);
        }
    }
}
