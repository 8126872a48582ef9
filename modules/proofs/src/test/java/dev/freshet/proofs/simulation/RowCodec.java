package dev.freshet.proofs.simulation;

import dev.freshet.cache.ValueCodec;
import dev.freshet.proofs.mutation.Breach;
import dev.freshet.proofs.simulation.SimulatedReplica.Stored;
import dev.freshet.proofs.simulation.Source.Row;
import java.nio.charset.StandardCharsets;
import java.util.Set;

/** Rows as text, which only codecs of the same version can read. */
final class RowCodec implements ValueCodec<Stored> {

    private final int version;
    private final SimulatedReplica replica;
    private final Promises promises;
    private final SimulatedTier tier;

    RowCodec(int version, SimulatedReplica replica, Promises promises, SimulatedTier tier) {
        this.version = version;
        this.replica = replica;
        this.promises = promises;
        this.tier = tier;
    }

    @Override
    public byte[] encode(Stored value) {
        Row row = value.row();
        return (version + " " + row.key() + " " + row.version() + " " + String.join(",", row.tags()))
                .getBytes(StandardCharsets.UTF_8);
    }

    @Override
    public Stored decode(byte[] bytes) {
        String[] words = new String(bytes, StandardCharsets.UTF_8).split(" ", -1);
        Set<String> tags = words[3].isEmpty() ? Set.of() : Set.of(words[3].split(",", -1));
        Row row = new Row(words[1], Long.parseLong(words[2]), tags);
        replica.noteBreach(() -> {
            if (!words[0].equals(Integer.toString(version))) {
                throw new Breach(
                        replica + " finds a value of codec version " + words[0] + " under its own, " + version);
            }
            promises.foundInRedis(row, tier.server());
        });
        return new Stored(row, promises.resets(), true);
    }

    @Override
    public int version() {
        return version;
    }
}
