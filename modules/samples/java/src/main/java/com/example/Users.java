package com.example;

import dev.freshet.Freshet;
import dev.freshet.Region;
import dev.freshet.RegionOptions;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;

/**
 * One replica of a service. It reads commands: {@code get KEY} and {@code set KEY VALUE}. Its database is a folder of files, which
 * all replicas share; what it reads it caches.
 */
public final class Users {

    private final Path database;
    private final Region<String> users;

    private Users(Path database, Region<String> users) {
        this.database = database;
        this.users = users;
    }

    /**
     * Starts a replica.
     *
     * @param args the address of Redis, such as {@code redis://127.0.0.1:6379}, and the database's folder
     */
    public static void main(String[] args) throws IOException {
        try (Freshet freshet = Freshet.connect(args[0]);
                BufferedReader commands = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8))) {
            Region<String> users = freshet.region("users", RegionOptions.maximumEntries(100_000));
            users.ready().join();
            Users replica = new Users(Path.of(args[1]), users);
            for (String line = commands.readLine(); line != null; line = commands.readLine()) {
                System.out.println(replica.answer(line.split(" ", 3)));
            }
        }
    }

    private String answer(String[] command) throws IOException {
        return switch (command[0]) {
            case "get" -> users.get(command[1], (key, load) -> read(key));
            case "set" -> users.write(command[1], command[2], write -> Files.writeString(file(command[1]), command[2]))
                    .toString();
            default -> "unknown command " + command[0];
        };
    }

    private String read(String key) throws IOException {
        try {
            return Files.readString(file(key));
        } catch (NoSuchFileException e) {
            return null;
        }
    }

    private Path file(String key) {
        return database.resolve(key.replace(':', '-'));
    }
}
