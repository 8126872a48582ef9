package dev.freshet.subscriber.http;

import dev.freshet.schema.Syntax;
import dev.freshet.service.http.Faults;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/** The bodies of requests for several entries. */
final class BatchRequest {

    /** How many keys or leases one request names at most. */
    static final int MAX_ITEMS = 1000;

    /** A lease that the caller ends. */
    record Release(String key, String token) {}

    private static final String KEYS = "keys";
    private static final String LEASES = "leases";

    private BatchRequest() {}

    /** Reads {@code {"keys":["…"]}}. Returns each key once, in order. If this adds a fault, the result must not be used. */
    static List<String> keys(byte[] body, Faults faults) {
        Set<String> keys = new LinkedHashSet<>();
        JsonReading.read(
                body,
                faults,
                reading -> reading.fields(
                        "",
                        List.of(KEYS),
                        name -> reading.items(
                                name, "texts", MAX_ITEMS, index -> keys.add(key(reading, KEYS + "[" + index + "]")))));
        return List.copyOf(keys);
    }

    /** Reads {@code {"leases":[{"key":"…","lease":"…"}]}}. If this adds a fault, the result must not be used. */
    static List<Release> releases(byte[] body, Faults faults) {
        List<Release> releases = new ArrayList<>();
        JsonReading.read(
                body,
                faults,
                reading -> reading.fields(
                        "",
                        List.of(LEASES),
                        name -> reading.items(
                                name,
                                "objects",
                                MAX_ITEMS,
                                index -> releases.add(release(reading, LEASES + "[" + index + "]")))));
        return releases;
    }

    private static Release release(JsonReading reading, String path) throws IOException {
        String[] read = {"", ""};
        reading.fields(path, List.of("key", "lease"), name -> {
            if (name.equals("key")) {
                read[0] = key(reading, path + ".key");
            } else {
                read[1] = lease(reading, path + ".lease");
            }
        });
        return new Release(read[0], read[1]);
    }

    private static String key(JsonReading reading, String field) throws IOException {
        String text = reading.text(field);
        if (text == null) {
            return "";
        }
        Syntax.faultInName(text).ifPresent(fault -> reading.fault(field, fault));
        return text;
    }

    private static String lease(JsonReading reading, String field) throws IOException {
        String text = reading.text(field);
        if (text == null) {
            return "";
        }
        if (text.isEmpty()) {
            reading.fault(field, "must not be empty");
        } else if (text.length() > StoreHeaders.MAX_LEASE_CHARS) {
            reading.fault(
                    field,
                    "must be the token of a miss, of at most " + StoreHeaders.MAX_LEASE_CHARS + " characters, not "
                            + text.length());
        }
        return text;
    }
}
