package dev.freshet.cli;

import java.util.regex.Pattern;

/** Keeps passwords out of what is printed, wherever the text came from. */
final class Secrets {

    /** What stands between the scheme and the last @ before a space; a password may itself hold an @ or a slash. */
    private static final Pattern CREDENTIALS = Pattern.compile("://\\S*@");

    private Secrets() {}

    static String mask(String text) {
        return CREDENTIALS.matcher(text).replaceAll("://***@");
    }
}
