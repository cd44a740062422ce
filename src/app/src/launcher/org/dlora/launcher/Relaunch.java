package org.dlora.launcher;

import java.io.File;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;

/** The server in a JVM of its own, which shares this JVM's streams and ends with it. */
final class Relaunch {

    private final JavaHome home;
    private final File jar;
    private final String[] args;

    Relaunch(JavaHome home, File jar, String[] args) {
        this.home = home;
        this.jar = jar;
        this.args = args;
    }

    /** Waits for the server and returns its exit code. */
    int run() throws IOException, InterruptedException {
        ProcessBuilder builder = new ProcessBuilder(command()).inheritIO();
        // This JVM's input arguments hold these options already, and an agent loaded twice may
        // fail.
        builder.environment().remove("JAVA_TOOL_OPTIONS");
        if (!System.getProperty("java.specification.version").startsWith("1.")) {
            // Java 8 ignores this variable, so there the server has to read it.
            builder.environment().remove("JDK_JAVA_OPTIONS");
        }
        Process server = builder.start();
        Runtime.getRuntime().addShutdownHook(new Thread(() -> terminate(server), "stop-server"));
        return server.waitFor();
    }

    private List<String> command() {
        List<String> command = home.command();
        PreparedClasses prepared = PreparedClasses.beside(jar);
        List<String> start =
                prepared.fit(home, command)
                        ? prepared.start()
                        : VectorModule.start("-jar", jar.getPath());
        command.add(Processes.parentOption());
        command.addAll(start);
        command.addAll(Arrays.asList(args));
        return command;
    }

    private static void terminate(Process server) {
        server.destroy();
        try {
            server.waitFor();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
