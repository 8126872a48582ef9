package dev.freshet.service.config;

import java.util.regex.Pattern;

/**
 * Recognises the variables that Kubernetes sets in every container for each Service of the namespace. They are not settings: a
 * Service called {@code freshet-publisher} leads to {@code FRESHET_PUBLISHER_PORT=tcp://10.0.0.1:8700} and others.
 */
public final class ServiceLink {

    private static final Pattern NAME =
            Pattern.compile(".*_SERVICE_HOST|.*_SERVICE_PORT(_.*)?|.*_PORT_[0-9]+_(TCP|UDP|SCTP)(_(PROTO|PORT|ADDR))?");
    private static final Pattern PORT_NAME = Pattern.compile(".*_PORT");
    private static final Pattern PORT_VALUE = Pattern.compile("(tcp|udp|sctp)://.*");

    private ServiceLink() {}

    static boolean matches(String name, String value) {
        return NAME.matcher(name).matches()
                || (PORT_NAME.matcher(name).matches()
                        && PORT_VALUE.matcher(value).matches());
    }
}
