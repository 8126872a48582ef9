package dev.freshet.e2e.release;

import dev.freshet.e2e.tool.HostTool;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** A key that signs this one run, in a key ring of its own. */
final class SigningKey implements AutoCloseable {
    private final Path ring;

    private SigningKey(Path ring) {
        this.ring = ring;
    }

    /** Makes a key. The folder must be empty, and readable by its owner only. */
    static SigningKey make(Path ring) {
        SigningKey key = new SigningKey(ring);
        key.gpg("--passphrase", "", "--quick-generate-key", "Dry run <dry-run@example.com>", "rsa3072", "sign", "1d")
                .expectSuccess();
        return key;
    }

    /** Returns the key as the variables of the environment that the profile {@code signed} reads. */
    List<String> environment() {
        return List.of("MAVEN_GPG_KEY=" + gpg("--armor", "--export-secret-keys").expectSuccess());
    }

    /** Says whether the signature is this key's, and is of the file. */
    boolean hasSigned(Path file, Path signature) {
        return gpg("--verify", signature.toString(), file.toString()).exit() == 0;
    }

    private HostTool.Finished gpg(String... arguments) {
        List<String> options = new ArrayList<>(List.of("--homedir", ring.toString(), "--batch"));
        options.addAll(List.of(arguments));
        return HostTool.require("gpg").run(ring, options.toArray(String[]::new));
    }

    /** Ends the agent that holds the key. */
    @Override
    public void close() {
        HostTool.require("gpgconf").run(ring, "--homedir", ring.toString(), "--kill", "all");
    }
}
