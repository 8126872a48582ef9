package dev.freshet.bus.secret;

import java.time.Instant;
import javax.net.ssl.SSLContext;

/**
 * What a program that listens shows to its clients. Immutable.
 *
 * @param context makes the engines of connections; trusts only the authorities whose file was given
 * @param validFrom when the certificate became valid
 * @param expiresAt when it expires
 */
public record ServerIdentity(SSLContext context, Instant validFrom, Instant expiresAt) {}
