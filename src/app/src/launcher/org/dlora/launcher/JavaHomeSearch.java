package org.dlora.launcher;

import java.io.File;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** The places where Java runtimes are usually installed, in the order of {@code mvnw}. */
final class JavaHomeSearch {

    static final String PLACES =
            "JAVA_HOME, the PATH, /usr/lib/jvm, /Library/Java, ~/.sdkman, ~/.jdks, /opt and Program Files";

    /** Returns the first usable home, or null where there is none. */
    JavaHome newestEnough() {
        for (File folder : candidates()) {
            JavaHome home = new JavaHome(folder);
            if (home.isUsable()) {
                return home;
            }
        }
        return null;
    }

    private static List<File> candidates() {
        List<File> folders = new ArrayList<>();
        folders.add(new File(System.getProperty("java.home")));
        String javaHome = System.getenv("JAVA_HOME");
        if (javaHome != null && !javaHome.isEmpty()) {
            folders.add(new File(javaHome));
        }
        addHomesOnPath(folders);
        addChildren(folders, "/usr/lib/jvm", "");
        addChildren(folders, "/Library/Java/JavaVirtualMachines", "Contents/Home");
        String user = System.getProperty("user.home");
        addChildren(folders, user + "/Library/Java/JavaVirtualMachines", "Contents/Home");
        addChildren(folders, "/opt/homebrew/opt", "libexec/openjdk.jdk/Contents/Home");
        addChildren(folders, "/usr/local/opt", "libexec/openjdk.jdk/Contents/Home");
        addChildren(folders, user + "/.sdkman/candidates/java", "");
        addChildren(folders, user + "/.jdks", "");
        addChildren(folders, user + "/.jdks", "Contents/Home");
        addChildren(folders, "/opt", "");
        String programs = System.getenv("ProgramFiles");
        if (programs != null) {
            for (String vendor :
                    Arrays.asList(
                            "Java",
                            "Eclipse Adoptium",
                            "Microsoft",
                            "Zulu",
                            "Amazon Corretto",
                            "BellSoft")) {
                addChildren(folders, programs + File.separator + vendor, "");
            }
        }
        return folders;
    }

    private static void addHomesOnPath(List<File> folders) {
        String path = System.getenv("PATH");
        if (path == null) {
            return;
        }
        for (String bin : path.split(File.pathSeparator)) {
            File java = new File(bin, File.separatorChar == '\\' ? "java.exe" : "java");
            if (!bin.isEmpty() && java.exists()) {
                try {
                    folders.add(java.getCanonicalFile().getParentFile().getParentFile());
                } catch (IOException e) {
                    // The link leads nowhere; the next place may do.
                    continue;
                }
            }
        }
    }

    private static void addChildren(List<File> folders, String parent, String below) {
        String[] names = new File(parent).list();
        if (names == null) {
            return;
        }
        Arrays.sort(names);
        for (String name : names) {
            File child = new File(parent, name);
            folders.add(below.isEmpty() ? child : new File(child, below));
        }
    }
}
