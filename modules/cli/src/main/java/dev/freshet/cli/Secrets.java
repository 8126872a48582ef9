package dev.freshet.cli;

import java.util.regex.Pattern;

/** Removes passwords from printed texts, wherever the texts come from. */
final class Secrets {

    /** Matches from the scheme to the last @ before a space, since a password may contain an @ or a slash. */
    private static final Pattern CREDENTIALS = Pattern.compile("://\\S*@");

    private Secrets() {}

    static String mask(String text) {
        return CREDENTIALS.matcher(text).replaceAll("://***@");
    }
}
