package dev.freshet.service.rights;

import java.security.Principal;
import javax.naming.InvalidNameException;
import javax.naming.ldap.LdapName;
import javax.naming.ldap.Rdn;
import org.jspecify.annotations.Nullable;

/** Finds the common name in the subject of a certificate. Stateless. */
final class Subjects {

    private Subjects() {}

    /** Returns the name, or null if there is none or more than one. */
    static Credential.@Nullable CommonName commonName(Principal subject) {
        try {
            String found = null;
            for (Rdn part : new LdapName(subject.getName()).getRdns()) {
                if (part.getType().equalsIgnoreCase("CN")) {
                    if (found != null || part.size() != 1 || !(part.getValue() instanceof String name)) {
                        return null;
                    }
                    found = name;
                }
            }
            return found == null ? null : new Credential.CommonName(found);
        } catch (InvalidNameException e) {
            return null;
        }
    }
}
