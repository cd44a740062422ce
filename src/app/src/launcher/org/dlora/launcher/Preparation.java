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
import java.nio.file.DirectoryStream;
import java.nio.file.FileSystemException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The command {@code prepare}: makes the {@link PreparedClasses} of a jar, so that it starts
 * sooner. The jar is taken apart and serves the demo model once on a free port of the loopback
 * interface, for Java to record what a start needs. All of it is done in a folder of its own, which
 * then takes the place of an older preparation.
 */
final class Preparation {

    static final String NAME = "prepare";

    private static final String USAGE =
            "Usage: java -jar dlora.jar prepare\n"
                    + "Prepares the jar's classes for this JDK, in a folder beside the jar. Starts by java -jar are some seconds\n"
                    + "faster from then on. Takes some 30 s, and 300 MB. Give the JVM the options that it will have later.\n";

    private static final Pattern READY =
            Pattern.compile("Ready at (http://127\\.0\\.0\\.1:\\d+) with model (\\S+)");
    private static final String DATABASE_IS_OPEN = "Catalogue and history are kept in";

    /** Settings of the user, which the recorded start is not to have. */
    private static final String SETTINGS = "(?i)(dlora|spring|server|management|logging)[._].*";

    /** A server that is not ready by then, or has not ended, hangs. */
    private static final long PATIENCE_MINUTES = 5;

    private final JavaHome home;
    private final File jar;
    private final PreparedClasses last;
    private final PreparedClasses next;
    private Process running;
    private boolean isOver;

    Preparation(JavaHome home, File jar) {
        this.home = home;
        this.jar = jar;
        last = PreparedClasses.beside(jar);
        next = last.in(sibling("unfinished"));
    }

    private Path sibling(String state) {
        Path folder = last.folder();
        return folder.resolveSibling(folder.getFileName() + "." + state + "-" + Processes.id());
    }

    /** Prepares anew, and returns the exit code. */
    int run(String[] args) throws InterruptedException {
        if (args.length > 1) {
            boolean asked = Arrays.asList("--help", "-h").contains(args[1]);
            (asked ? System.out : System.err).print(USAGE);
            return asked ? 0 : 2;
        }
        if (File.separatorChar == '\\') {
            System.err.println(
                    "Classes cannot be prepared on Windows, where no process can be asked to end");
            return 1;
        }
        System.out.println("Preparing " + jar + " for " + home + ", which takes some 30 s");
        Runtime.getRuntime().addShutdownHook(new Thread(this::giveUp, "give-up"));
        try {
            prepare();
        } catch (FileSystemException e) {
            return failed(e.toString());
        } catch (IOException e) {
            return failed(e.getMessage());
        } finally {
            giveUp();
        }
        System.out.println("Prepared in " + last.folder() + ": starts are faster from now on");
        return 0;
    }

    private int failed(String why) {
        System.err.println(jar + " could not be prepared, and starts as before: " + why);
        return 1;
    }

    private void prepare() throws IOException, InterruptedException {
        if (Files.exists(last.folder()) && !last.isOwn()) {
            throw new IOException(last.folder() + " exists and is none of ours; move it away");
        }
        removeLeftovers();
        Files.createDirectory(next.folder());
        takeApart();
        record();
        next.finish(home);
        replace();
    }

    /** Removes what preparations have left that were killed. */
    private void removeLeftovers() throws IOException {
        Path folder = last.folder();
        try (DirectoryStream<Path> siblings =
                Files.newDirectoryStream(folder.getParent(), folder.getFileName() + ".*-*")) {
            for (Path sibling : siblings) {
                String id = sibling.toString().substring(sibling.toString().lastIndexOf('-') + 1);
                boolean isOld = id.equals(Processes.id()) || Processes.isGone(id);
                if (id.matches("\\d{1,9}") && isOld) {
                    remove(sibling);
                }
            }
        }
    }

    /** Puts the new preparation into the place of the last one. */
    private synchronized void replace() throws IOException {
        requireNotOver();
        Path old = sibling("old");
        boolean replaces = Files.exists(last.folder());
        if (replaces) {
            Files.move(last.folder(), old);
        }
        try {
            Files.move(next.folder(), last.folder());
        } catch (IOException e) {
            if (replaces) {
                Files.move(old, last.folder());
            }
            throw e;
        }
        isOver = true;
        remove(old);
    }

    /** Ends what runs and removes what is there, unless it is finished; Ctrl-C calls it too. */
    private synchronized void giveUp() {
        if (isOver) {
            return;
        }
        isOver = true;
        if (running != null) {
            Processes.endAll(running);
        }
        remove(next.folder());
    }

    private synchronized void requireNotOver() throws IOException {
        if (isOver) {
            throw new IOException("it was interrupted");
        }
    }

    private void takeApart() throws IOException, InterruptedException {
        List<String> command = command();
        command.addAll(VectorModule.start("-Djarmode=tools", "-jar", jar.getAbsolutePath()));
        command.add("extract");
        command.add("--force");
        command.add("--destination");
        command.add(next.folder().toString());
        Path log = next.folder().resolve("extract.log");
        int code = start(command, log).waitFor();
        requireNotOver();
        if (code != 0) {
            throw new IOException("it could not be taken apart: " + lastLine(log));
        }
        Files.move(next.folder().resolve(jar.getName()), next.classPath());
        Files.delete(log);
    }

    /** Starts the server, asks it once, and ends it; Java writes the cache then. */
    private void record() throws IOException, InterruptedException {
        Path state = next.folder().resolve("home");
        Path log = next.folder().resolve("start.log");
        List<String> command = command();
        if (PreparedClasses.areLinkable(command)) {
            next.link();
        }
        command.addAll(next.recordedStart());
        command.add("--server.port=0");
        command.add("--server.address=127.0.0.1");
        command.add("--dlora.model=");
        command.add("--dlora.weights-cache=off");
        command.add("--dlora.home=" + state);
        Process server = start(command, log);
        ask(awaitReady(server, log));
        server.destroy();
        boolean hasEnded = server.waitFor(PATIENCE_MINUTES, TimeUnit.MINUTES);
        requireNotOver();
        if (!hasEnded) {
            throw new IOException("the demo did not end: " + lastLine(log));
        }
        if (!Files.isRegularFile(next.cache())) {
            throw new IOException("Java wrote no cache: " + lastLine(log));
        }
        Files.delete(log);
        remove(state);
    }

    /** Returns the beginning of a command, without settings and archives of the user's. */
    private List<String> command() {
        List<String> command = home.command();
        command.removeIf(option ->
                PreparedClasses.isOwnArchive(option)
                        || option.startsWith("-D") && option.substring(2).matches(SETTINGS));
        command.add(Processes.parentOption());
        return command;
    }

    /** Starts a process in the new folder, where no settings of the user's are. */
    private synchronized Process start(List<String> command, Path log) throws IOException {
        requireNotOver();
        ProcessBuilder builder =
                new ProcessBuilder(command)
                        .directory(next.folder().toFile())
                        .redirectErrorStream(true)
                        .redirectOutput(log.toFile());
        builder.environment().keySet().removeIf(name -> name.matches(SETTINGS));
        // This JVM's input arguments hold these options already.
        builder.environment()
                .keySet()
                .removeAll(Arrays.asList("JAVA_TOOL_OPTIONS", "JDK_JAVA_OPTIONS"));
        builder.environment().put("XDG_CACHE_HOME", next.folder().resolve("home/cache").toString());
        running = builder.start();
        return running;
    }

    /** Waits until the server has a model and a database. */
    private static Matcher awaitReady(Process server, Path log)
            throws IOException, InterruptedException {
        long deadline = System.nanoTime() + TimeUnit.MINUTES.toNanos(PATIENCE_MINUTES);
        while (System.nanoTime() < deadline && server.isAlive()) {
            String text = text(log);
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

    private static String text(Path log) throws IOException {
        return new String(Files.readAllBytes(log), Charset.defaultCharset());
    }

    private static String lastLine(Path log) throws IOException {
        String text = text(log).trim();
        return text.substring(text.lastIndexOf('\n') + 1);
    }

    /** Removes a folder as far as possible. */
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
                            Files.delete(file);
                            return FileVisitResult.CONTINUE;
                        }

                        @Override
                        public FileVisitResult postVisitDirectory(Path place, IOException e)
                                throws IOException {
                            Files.delete(place);
                            return FileVisitResult.CONTINUE;
                        }
                    });
        } catch (IOException e) {
            System.err.println("Could not remove " + folder + ": " + e);
        }
    }
}
