package dev.freshet.service.http;

import java.util.Locale;

/** Compares the header {@code Content-Type} with a media type. */
public final class MediaType {

    public static final String JSON = "application/json";

    private MediaType() {}

    /** Returns whether the header names this media type, in lower case, and no charset other than UTF-8. */
    public static boolean isUtf8(String header, String mediaType) {
        String[] parts = header.toLowerCase(Locale.ROOT).split(";", -1);
        for (int i = 1; i < parts.length; i++) {
            String parameter = parts[i].strip().replace("\"", "");
            if (parameter.startsWith("charset=") && !parameter.equals("charset=utf-8")) {
                return false;
            }
        }
        return parts[0].strip().equals(mediaType);
    }
}
