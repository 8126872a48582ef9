package dev.freshet.bus.internal.access;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The blocks of a PEM file. Text between them is ignored.
 *
 * @param what what the file is, as it begins a sentence
 */
record PemText(String what, Path file, List<Block> blocks) {

    /**
     * One block.
     *
     * @param type as in {@code -----BEGIN type-----}
     * @param text what stands between its first and its last line; bytes in Base64, and sometimes lines about them
     */
    record Block(String type, String text) {

        /** Returns its bytes. They are of no form if other lines stood before them. */
        byte[] der() {
            return Base64.getMimeDecoder().decode(text);
        }

        /** Without the text, which may be a key. */
        @Override
        public String toString() {
            return type;
        }
    }

    private static final Pattern BLOCK =
            Pattern.compile("-----BEGIN ([A-Z0-9 ]+)-----(.*?)-----END \\1-----", Pattern.DOTALL);

    /**
     * Reads a file.
     *
     * @throws MisconfiguredException naming the file and why it cannot be read
     */
    static PemText read(String what, Path file) {
        Matcher matcher = BLOCK.matcher(SecretFile.read(what, file));
        List<Block> blocks = new ArrayList<>();
        while (matcher.find()) {
            Block block = new Block(matcher.group(1), matcher.group(2));
            try {
                if (block.der().length == 0) {
                    throw SecretFile.fault(what, file, "holds an empty block, " + block);
                }
            } catch (IllegalArgumentException e) {
                throw SecretFile.fault(what, file, "holds a block that is not Base64, " + block);
            }
            blocks.add(block);
        }
        return new PemText(what, file, blocks);
    }

    MisconfiguredException fault(String why) {
        return SecretFile.fault(what, file, why);
    }
}
