package dev.freshet.cli.doctor;

import dev.freshet.bus.BusException;
import dev.freshet.cli.connection.PublisherAccess;
import dev.freshet.cli.connection.PublisherDeployment;
import dev.freshet.cli.connection.RefusedException;
import dev.freshet.service.rights.Exposure;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Judges who may use the data ports: by a configuration, and by what a live publisher answers. Stateless. */
public final class RightsChecks {

    private static final String CHECK = "rights";
    private static final String REMEDY = "docs/OPERATIONS.md#rights";

    private RightsChecks() {}

    /** Judges what a configuration opens to strangers; null: there is no configuration. */
    public static List<Finding> judge(Exposure.@Nullable Found found) {
        if (found == null) {
            return List.of();
        }
        return found.fault() == null
                ? List.of(Finding.ok(CHECK, "the configuration opens the data port to no strangers"))
                : List.of(Finding.note(CHECK, found.fault(), REMEDY));
    }

    /** Asks a publisher, as the caller and as nobody. */
    public static List<Finding> judge(PublisherAccess access) {
        List<Finding> findings = new ArrayList<>();
        boolean answers = true;
        try (PublisherDeployment asCaller = PublisherDeployment.at(access)) {
            asCaller.regions(null);
            findings.add(Finding.ok("publisher", access.uri() + " answers"));
        } catch (BusException e) {
            answers = e instanceof RefusedException;
            findings.add(Finding.fault(
                    "publisher",
                    String.valueOf(e.getMessage()),
                    "check the address, the token and the certificates; " + REMEDY));
        }
        if (answers && !access.isLoopback()) {
            findings.addAll(asNobody(access));
        }
        return findings;
    }

    private static List<Finding> asNobody(PublisherAccess access) {
        List<Finding> findings = new ArrayList<>();
        try (PublisherDeployment asNobody = PublisherDeployment.at(access.asNobody())) {
            asNobody.regions(null);
            findings.add(Finding.note(
                    CHECK,
                    access.uri()
                            + " answers callers without a token or a certificate: whoever reaches it can evict every"
                            + " entry",
                    "set http.tokens-file or http.tls.client-ca; " + REMEDY));
        } catch (BusException refused) { // Without a certificate, there may be no answer.
            findings.add(Finding.ok(CHECK, access.uri() + " refuses callers that it does not know"));
        }
        if (!access.isEncrypted() && access.tokenFile() != null) {
            findings.add(Finding.note(
                    CHECK,
                    "tokens travel to " + access.uri() + " in plain text",
                    "set http.tls.certificate, unless something else encrypts the connections; " + REMEDY));
        }
        return findings;
    }
}
