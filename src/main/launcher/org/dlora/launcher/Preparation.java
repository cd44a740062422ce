package org.dlora.launcher;

import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.net.HttpURLConnection;
import java.net.URL;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The command {@code prepare}: makes the {@link PreparedClasses} of a jar, so that it starts
 * sooner. The jar is taken apart and serves the demo model once on a free port of the loopback
 * interface, for Java to record what a start needs.
 */
final class Preparation {

    static final String NAME = "prepare";

    private static final String USAGE =
            "Usage: java -jar dlora.jar prepare\n"
                    + "Prepares the jar's classes for this JDK, in a folder beside the jar. Starts by java -jar are some seconds\n"
                    + "faster from then on. Takes some 30 s, and 350 MB. Give the JVM the options that it will have later.\n";

    private static final Pattern READY =
            Pattern.compile("Ready at (http://127\\.0\\.0\\.1:\\d+) with model (\\S+)");
    private static final String DATABASE_IS_OPEN = "Catalogue and history are kept in";

    /** A server that is not ready by then hangs. */
    private static final long PATIENCE_MINUTES = 5;

    private final JavaHome home;
    private final File jar;
    private final PreparedClasses classes;
    private volatile Process running;
    private volatile boolean isOver;

    Preparation(JavaHome home, File jar) {
        this.home = home;
        this.jar = jar;
        this.classes = new PreparedClasses(jar);
    }

    /** Prepares, unless that was done, and returns the exit code. */
    int run(String[] args) throws InterruptedException {
        if (args.length > 1) {
            boolean asked = args[1].equals("--help") || args[1].equals("-h");
            (asked ? System.out : System.err).print(USAGE);
            return asked ? 0 : 2;
        }
        if (classes.fit(home)) {
            System.out.println(jar + " is prepared for " + home + " already");
            return 0;
        }
        System.out.println("Preparing " + jar + " for " + home + ", which takes some 30 s");
        try {
            prepare();
        } catch (IOException e) {
            System.err.println(
                    jar + " could not be prepared, and starts as without: " + e.getMessage());
            return 1;
        }
        System.out.println("Prepared in " + classes.folder() + ": starts are faster from now on");
        return 0;
    }

    private void prepare() throws IOException, InterruptedException {
        Path folder = classes.folder();
        if (Files.exists(folder) && !classes.isOwn()) {
            throw new IOException(folder + " exists and is none of ours; move it away");
        }
        Thread interruption = new Thread(this::giveUp, "give-up");
        Runtime.getRuntime().addShutdownHook(interruption);
        boolean done = false;
        try {
            remove(folder);
            classes.begin();
            takeApart();
            record();
            classes.finish(home);
            done = true;
        } finally {
            if (!done) {
                giveUp();
            }
            isOver = true;
        }
    }

    /** Ends what runs and removes what there is; Ctrl-C calls it too. */
    private synchronized void giveUp() {
        if (isOver) {
            return;
        }
        isOver = true;
        Process last = running;
        if (last != null) {
            end(last);
        }
        remove(classes.folder());
    }

    private void takeApart() throws IOException, InterruptedException {
        List<String> command = home.command();
        command.add("-Djarmode=tools");
        command.add("-jar");
        command.add(jar.getAbsolutePath());
        command.add("extract");
        command.add("--force");
        command.add("--destination");
        command.add(classes.folder().toString());
        Path log = classes.folder().resolve("extract.log");
        int code = start(command, log).waitFor();
        if (code != 0) {
            throw new IOException("it could not be taken apart: " + lastLine(log));
        }
        Files.delete(log);
    }

    /** Starts the server, asks it once, and ends it; Java writes the cache then. */
    private void record() throws IOException, InterruptedException {
        Path state = classes.folder().resolve("home");
        Path log = classes.folder().resolve("start.log");
        List<String> command = home.command();
        command.add(ParentWatch.option());
        command.addAll(classes.recordedStart());
        command.add("--server.port=0");
        command.add("--server.address=127.0.0.1");
        command.add("--dlora.model=");
        command.add("--dlora.weights-cache=off");
        command.add("--dlora.home=" + state);
        Process server = start(command, log);
        ask(awaitReady(server, log));
        end(server);
        if (!Files.isRegularFile(classes.cache())) {
            throw new IOException("Java wrote no cache: " + lastLine(log));
        }
        Files.delete(log);
        remove(state);
    }

    /** Starts a process in the folder, where no settings of the user's are. */
    private Process start(List<String> command, Path log) throws IOException {
        ProcessBuilder builder =
                new ProcessBuilder(command)
                        .directory(classes.folder().toFile())
                        .redirectErrorStream(true)
                        .redirectOutput(log.toFile());
        builder.environment()
                .keySet()
                .removeIf(name ->
                        name.matches("(DLORA|SPRING|SERVER|MANAGEMENT|LOGGING)_.*")
                                || name.equals("JAVA_TOOL_OPTIONS")
                                || name.equals("JDK_JAVA_OPTIONS"));
        synchronized (this) {
            if (isOver) {
                throw new IOException("it was interrupted");
            }
            running = builder.start();
            return running;
        }
    }

    /** Waits until the server has a model and a database. */
    private static Matcher awaitReady(Process server, Path log)
            throws IOException, InterruptedException {
        long deadline = System.nanoTime() + TimeUnit.MINUTES.toNanos(PATIENCE_MINUTES);
        while (System.nanoTime() < deadline && server.isAlive()) {
            String text = new String(Files.readAllBytes(log), Charset.defaultCharset());
            Matcher ready = READY.matcher(text);
            if (ready.find() && text.contains(DATABASE_IS_OPEN)) {
                return ready;
            }
            Thread.sleep(100);
        }
        throw new IOException("the demo did not start: " + lastLine(log));
    }

    private static void ask(Matcher ready) throws IOException {
        String request =
                "{\"model\": \""
                        + ready.group(2)
                        + "\", \"stream\": true, \"max_tokens\": 8, \"messages\": [{\"role\": \"user\", \"content\": \"hello\"}]}";
        HttpURLConnection call =
                (HttpURLConnection)
                        new URL(ready.group(1) + "/v1/chat/completions").openConnection();
        call.setDoOutput(true);
        call.setConnectTimeout((int) TimeUnit.MINUTES.toMillis(1));
        call.setReadTimeout((int) TimeUnit.MINUTES.toMillis(1));
        call.setRequestProperty("Content-Type", "application/json");
        try (OutputStream body = call.getOutputStream()) {
            body.write(request.getBytes(StandardCharsets.UTF_8));
        }
        try (InputStream answer = call.getInputStream();
                BufferedReader lines =
                        new BufferedReader(new InputStreamReader(answer, StandardCharsets.UTF_8))) {
            while (lines.readLine() != null) {
                continue;
            }
        }
    }

    private static void end(Process server) {
        server.destroy();
        try {
            if (!server.waitFor(PATIENCE_MINUTES, TimeUnit.MINUTES)) {
                server.destroyForcibly();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static String lastLine(Path log) throws IOException {
        String text = new String(Files.readAllBytes(log), Charset.defaultCharset()).trim();
        return text.substring(text.lastIndexOf('\n') + 1);
    }

    /** Removes a folder as far as possible; what is left is not taken for a preparation. */
    private static void remove(Path folder) {
        if (!Files.exists(folder)) {
            return;
        }
        try {
            Files.walkFileTree(
                    folder,
                    new SimpleFileVisitor<Path>() {
                        @Override
                        public FileVisitResult visitFile(Path file, BasicFileAttributes attributes)
                                throws IOException {
                            Files.deleteIfExists(file);
                            return FileVisitResult.CONTINUE;
                        }

                        @Override
                        public FileVisitResult postVisitDirectory(Path place, IOException e)
                                throws IOException {
                            Files.deleteIfExists(place);
                            return FileVisitResult.CONTINUE;
                        }
                    });
        } catch (IOException e) {
            System.err.println("Could not remove " + folder + ": " + e.getMessage());
        }
    }
}
