package dev.freshet.service.log;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Keeps passwords, and what controls a terminal, out of what is printed, whatever is wrong with it. */
public final class Secrets {

    /** From the scheme to the last @ before a space, since a password may contain an @ or a slash. */
    private static final Pattern CREDENTIALS = Pattern.compile("://\\S*@");

    private static final Pattern NAME = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,200}");
    private static final Pattern FLAG = Pattern.compile("(--?[A-Za-z][A-Za-z0-9._-]{0,200})(=.*)?", Pattern.DOTALL);

    private static final int MAX_SHOWN = 500;

    private Secrets() {}

    /** Returns a text for a line of output: without passwords, on one line, of bounded length. */
    public static String shown(String text) {
        String masked = LoggingConfigurator.withoutControls(mask(text));
        return masked.length() <= MAX_SHOWN ? masked : masked.substring(0, MAX_SHOWN) + "…";
    }

    /** Returns a text without the credentials of the addresses in it. */
    public static String mask(String text) {
        return CREDENTIALS.matcher(text).replaceAll("://***@");
    }

    /** Returns the flag in an argument, without its value; empty if the argument is no flag. */
    public static String flagIn(String argument) {
        Matcher matcher = FLAG.matcher(argument);
        return matcher.matches() ? matcher.group(1) : "";
    }

    /** Returns whether a text can be the name of a setting, so that it may be shown. */
    public static boolean isName(String text) {
        return NAME.matcher(text).matches();
    }
}
