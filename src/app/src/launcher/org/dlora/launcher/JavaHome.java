package org.dlora.launcher;

import java.io.File;
import java.io.FileInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;
import java.util.Properties;

/** A folder with a Java runtime, described by its {@code release} file. */
final class JavaHome {

    private final File folder;

    JavaHome(File folder) {
        this.folder = folder;
    }

    File executable() {
        boolean windows = File.separatorChar == '\\';
        return new File(folder, windows ? "bin\\java.exe" : "bin/java");
    }

    /** Returns whether a server can run here: new enough, and with the Vector API's module. */
    boolean isUsable() {
        if (!executable().canExecute()) {
            return false;
        }
        Properties release = release();
        // A runtime made by jlink lists its modules and may lack some; a full JDK may not list
        // them.
        String modules = unquoted(release.getProperty("MODULES", ""));
        return featureVersion(release) >= Launcher.OLDEST_JAVA
                && (modules.isEmpty()
                        || (" " + modules + " ").contains(" " + VectorModule.NAME + " "));
    }

    /** Returns the beginning of a command, with this JVM's own options. */
    List<String> command() {
        List<String> command = new ArrayList<>();
        command.add(executable().getPath());
        command.addAll(ManagementFactory.getRuntimeMXBean().getInputArguments());
        return command;
    }

    /** Returns the bytes of the {@code release} file, which names the build. */
    byte[] description() throws IOException {
        return Files.readAllBytes(new File(folder, "release").toPath());
    }

    @Override
    public String toString() {
        return folder.getPath();
    }

    private static int featureVersion(Properties release) {
        String version = unquoted(release.getProperty("JAVA_VERSION", ""));
        String feature = version.split("[^0-9]", 2)[0];
        return feature.isEmpty() || feature.length() > 4 ? 0 : Integer.parseInt(feature);
    }

    private Properties release() {
        Properties release = new Properties();
        try (InputStream in = new FileInputStream(new File(folder, "release"))) {
            release.load(in);
        } catch (IOException | IllegalArgumentException e) {
            // An unknown kind of Java home is as unusable as one that is too old.
            release.clear();
        }
        return release;
    }

    private static String unquoted(String value) {
        return value.replace("\"", "").trim();
    }
}
