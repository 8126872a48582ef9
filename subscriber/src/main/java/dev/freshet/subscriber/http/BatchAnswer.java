package dev.freshet.subscriber.http;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import dev.freshet.cache.Lease;
import dev.freshet.cache.Lookup;
import dev.freshet.cache.ServingState;
import dev.freshet.service.http.RequestMemory;
import dev.freshet.subscriber.region.StoredValue;
import io.vertx.core.buffer.Buffer;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * Writes the answer to a read of several entries. A value that is well-formed UTF-8 is a JSON text, any other is Base64. A value
 * for which there is no room is omitted, and the answer says so. Not thread-safe.
 */
final class BatchAnswer {

    /** How many bytes of values an answer holds at most. */
    static final int MAX_VALUE_BYTES = 4 << 20;

    private static final JsonFactory JSON = new JsonFactory();
    private static final double NANOS_PER_SECOND = 1e9;
    private static final int INITIAL_BYTES = 4096;

    private final RequestMemory.Share share;
    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream(INITIAL_BYTES);
    private final JsonGenerator json;
    private long valueBytes;
    private int omittedValues;

    /** @param share takes the bytes of the values; to be released when the answer is sent */
    BatchAnswer(RequestMemory.Share share) {
        this.share = share;
        try {
            json = JSON.createGenerator(bytes);
            json.writeStartObject();
            json.writeArrayFieldStart("entries");
        } catch (IOException e) {
            throw new UncheckedIOException(e); // Memory cannot fail.
        }
    }

    /** Returns how many values were omitted. */
    int omittedValues() {
        return omittedValues;
    }

    /** Adds what was found for a key. */
    void add(String key, Lookup<StoredValue> read) {
        try {
            json.writeStartObject();
            json.writeStringField("key", key);
            if (read instanceof Lookup.Hit<StoredValue> hit) {
                addHit(hit);
            } else if (read instanceof Lookup.Miss<StoredValue> miss) {
                addLease(miss.lease());
            }
            json.writeEndObject();
        } catch (IOException e) {
            throw new UncheckedIOException(e); // Memory cannot fail.
        }
    }

    private void addHit(Lookup.Hit<StoredValue> hit) throws IOException {
        StoredValue value = hit.value();
        if (value == null) {
            json.writeBooleanField("absent", true);
        } else if (!value.isAnswers() && hasRoomFor(value)) {
            addValue(value);
        } else {
            omittedValues++;
            json.writeBooleanField("omitted", true);
        }
        json.writeNumberField("ageSeconds", (long) (hit.ageNanos() / NANOS_PER_SECOND));
        addLease(hit.refresh());
        if (hit.state() == ServingState.STALE) {
            json.writeStringField("state", hit.state().label());
            json.writeNumberField("staleForSeconds", hit.staleNanos() / NANOS_PER_SECOND);
        }
    }

    private boolean hasRoomFor(StoredValue value) {
        int length = value.bytes().length();
        if (valueBytes + length > MAX_VALUE_BYTES || !share.tryTake(length)) {
            return false;
        }
        valueBytes += length;
        return true;
    }

    private void addValue(StoredValue value) throws IOException {
        byte[] raw = value.bytes().getBytes();
        String text = new String(raw, StandardCharsets.UTF_8);
        // What cannot be decoded becomes U+FFFD. A text that holds one itself is sent as Base64 too.
        if (text.indexOf('\ufffd') < 0) {
            json.writeStringField("value", text);
        } else {
            json.writeBinaryField("valueBase64", raw);
        }
        json.writeStringField("contentType", value.contentType());
    }

    private void addLease(@Nullable Lease lease) throws IOException {
        if (lease != null) {
            json.writeStringField("lease", lease.token());
        }
    }

    /** Returns the body of the answer. */
    Buffer end() {
        try {
            json.writeEndArray();
            json.writeEndObject();
            json.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e); // Memory cannot fail.
        }
        return Buffer.buffer(bytes.toByteArray());
    }
}
