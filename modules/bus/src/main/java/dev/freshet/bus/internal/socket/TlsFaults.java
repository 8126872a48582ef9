package dev.freshet.bus.internal.socket;

import java.io.EOFException;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.security.cert.CertPathBuilderException;
import java.security.cert.CertPathValidatorException;
import java.security.cert.CertificateException;
import java.security.cert.CertificateExpiredException;
import java.security.cert.CertificateNotYetValidException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/** Tells which faults of TLS somebody must mend, and says what is wrong in words that name a cause. Stateless. */
public final class TlsFaults {

    private static final String ALERT = "Received fatal alert: ";

    private TlsFaults() {}

    /**
     * Returns what is wrong, in a sentence, or null if this is no fault of TLS, or one that a network may cause.
     *
     * @param server the other end, as it begins a sentence
     */
    public static @Nullable String describe(String server, Throwable fault) {
        List<Throwable> causes = causes(fault);
        if (causes.stream().noneMatch(SSLException.class::isInstance)
                || causes.stream().anyMatch(TlsFaults::isOfTheNetwork)) {
            return null;
        }
        // The innermost says most: that a certificate has expired is the cause of a path that is not valid.
        Collections.reverse(causes);
        for (Throwable cause : causes) {
            String why = describeOne(server, cause, withoutAlert(String.valueOf(cause.getMessage())));
            if (why != null) {
                return why;
            }
        }
        return "TLS with " + server + " fails: " + causes.get(0).getMessage();
    }

    /** Newer JDKs begin the message with the alert's name in parentheses. */
    private static String withoutAlert(String message) {
        return message.replaceFirst("^\\([a-z_]+\\) ", "");
    }

    private static @Nullable String describeOne(String server, Throwable cause, String text) {
        if (cause instanceof CertificateExpiredException) {
            return server + " shows a certificate that has expired: " + text;
        } else if (cause instanceof CertificateNotYetValidException) {
            return server + " shows a certificate that is not valid yet: " + text;
        } else if (cause instanceof CertPathBuilderException || cause instanceof CertPathValidatorException) {
            return server + " shows a certificate that no trusted authority (redis.tls.ca) issued: " + text;
        } else if (cause instanceof CertificateException) {
            // Most often, none of its names is the one that was connected to.
            return server + " shows a certificate that does not fit: " + text;
        } else if (text.startsWith(ALERT)) {
            return ofAlert(server, text.substring(ALERT.length()));
        } else if (text.startsWith("Unsupported or unrecognized SSL message")) {
            return server + " does not speak TLS at this port";
        }
        return null;
    }

    private static String ofAlert(String server, String alert) {
        String why = alert.toLowerCase(Locale.ROOT);
        if (why.equals("certificate_required") || why.equals("handshake_failure")) {
            return server + " refuses TLS (" + why + "): usually it wants a client certificate of an authority that it"
                    + " trusts (redis.tls.certificate)";
        }
        return why.contains("certificate") || why.equals("unknown_ca")
                ? server + " refuses this client's certificate (redis.tls.certificate): " + why
                : server + " refuses TLS: " + why;
    }

    /** Whether the other end gave the connection up. */
    public static boolean isGivenUp(Throwable fault) {
        return Stream.concat(causes(fault).stream(), Stream.of(fault.getSuppressed()))
                .anyMatch(cause -> cause instanceof EOFException
                        || cause instanceof SocketException
                        || String.valueOf(cause.getMessage()).startsWith("Unexpected end of stream"));
    }

    private static boolean isOfTheNetwork(Throwable cause) {
        return cause instanceof EOFException
                || cause instanceof SocketException
                || cause instanceof SocketTimeoutException;
    }

    private static List<Throwable> causes(Throwable fault) {
        List<Throwable> causes = new ArrayList<>();
        for (Throwable cause = fault; cause != null && !causes.contains(cause); cause = cause.getCause()) {
            causes.add(cause);
        }
        return causes;
    }
}
