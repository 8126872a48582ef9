package dev.freshet.e2e.images;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.freshet.e2e.tool.HostTool;
import dev.freshet.e2e.tool.HostTool.Finished;
import dev.freshet.testkit.Checkout;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** The command line of a Docker engine. If no engine answers, the test is skipped. */
final class Docker {

    private final String program;

    private Docker(String program) {
        this.program = program;
    }

    static Docker require() {
        Docker docker = new Docker(HostTool.require("docker").program().toString());
        assumeTrue(docker.tried("version").exit() == 0, "needs a Docker engine, and none answers");
        return docker;
    }

    /** Skips the test if the engine does not have an image, and cannot pull it. */
    void requireImage(String image) {
        boolean has = tried("image", "inspect", image).exit() == 0
                || tried("pull", "--quiet", image).exit() == 0;
        assumeTrue(has, "needs the image " + image + ", which the engine can neither find nor pull");
    }

    /** Runs a command that succeeds. Returns what it printed, without white space around. */
    String run(String... arguments) {
        return tried(arguments).expectSuccess().strip();
    }

    Finished tried(String... arguments) {
        return HostTool.run(Checkout.root(), command(arguments));
    }

    /** Builds an image from a folder that holds a Dockerfile. A step that fails leaves no container. */
    Finished build(Path folder, String image, List<String> buildArguments) {
        List<String> command = new ArrayList<>(command("build", "--force-rm", "--tag", image));
        buildArguments.forEach(argument -> command.addAll(List.of("--build-arg", argument)));
        command.add(folder.toString());
        return HostTool.run(Checkout.root(), command);
    }

    private List<String> command(String... arguments) {
        List<String> command = new ArrayList<>(List.of(program));
        command.addAll(List.of(arguments));
        return command;
    }
}
