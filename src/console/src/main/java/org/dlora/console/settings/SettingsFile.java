package org.dlora.console.settings;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.springframework.core.io.ClassPathResource;

/**
 * Reader of the settings below {@code dlora} in the bundled {@code application.yml}, with their
 * comments. It reads the form that this file has: two blanks for each level, one name on each line.
 * The comments are the console's texts, as a second list of texts would soon differ; parsers of
 * YAML drop them.
 */
final class SettingsFile {
    private static final String FILE = "application.yml";
    private static final String ROOT = "dlora";
    private static final int STEP = 2;
    private static final Pattern NAME = Pattern.compile("( *)([a-z0-9-]+):(?: +(.*))?");

    /** Lines of comments that show an example. */
    private static final Pattern EXAMPLE = Pattern.compile("# {2,}.*|# - .*");

    private final List<DescribedSetting> found = new ArrayList<>();

    /** Names of the groups that the line is in, the outermost first. */
    private final List<String> path = new ArrayList<>();

    /** Comments of these groups. */
    private final List<String> comments = new ArrayList<>();

    private final StringBuilder comment = new StringBuilder();

    private SettingsFile() {}

    /** Returns all settings in the order of the file. */
    static List<DescribedSetting> bundled() {
        try {
            return read(new ClassPathResource(FILE).getContentAsString(UTF_8));
        } catch (IOException e) {
            throw new UncheckedIOException("The bundled application.yml cannot be read", e);
        }
    }

    /** Reads the settings of a text. */
    static List<DescribedSetting> read(String text) {
        var file = new SettingsFile();
        var lines = text.lines().toList();
        for (int i = 0; i < lines.size(); i++) {
            file.take(lines.get(i), next(lines, i + 1));
        }
        return List.copyOf(file.found);
    }

    /** Returns the indent of the next name. */
    private static int next(List<String> lines, int from) {
        for (int i = from; i < lines.size(); i++) {
            var name = NAME.matcher(lines.get(i));
            if (name.matches()) {
                return name.group(1).length();
            }
        }
        return 0;
    }

    private void take(String line, int nextIndent) {
        var words = line.strip();
        if (words.startsWith("#")) {
            if (!EXAMPLE.matcher(words).matches()) {
                comment.append(comment.isEmpty() ? "" : " ").append(words.substring(1).strip());
            }
            return;
        }
        var name = NAME.matcher(line);
        if (!name.matches()) {
            comment.setLength(0);
            return;
        }
        int level = name.group(1).length() / STEP;
        leave(level);
        if (!comment.isEmpty()) {
            setComment(level, comment.toString());
            comment.setLength(0);
        }
        if (nextIndent > level * STEP) {
            path.add(name.group(2));
        } else if (!path.isEmpty() && path.getFirst().equals(ROOT)) {
            found.add(
                    new DescribedSetting(
                            String.join(".", path) + "." + name.group(2),
                            usual(name.group(3)),
                            commentAt(level)));
        }
    }

    private void leave(int level) {
        while (path.size() > level) {
            path.removeLast();
        }
        while (comments.size() > level + 1) {
            comments.removeLast();
        }
    }

    private void setComment(int level, String text) {
        while (comments.size() <= level) {
            comments.add("");
        }
        comments.set(level, text);
    }

    /** Returns the comment at a level, or that of the group if there is none. */
    private String commentAt(int level) {
        for (int i = Math.min(level, comments.size() - 1); i >= 0; i--) {
            if (!comments.get(i).isEmpty()) {
                return comments.get(i);
            }
        }
        return "";
    }

    private static String usual(@Nullable String text) {
        return text == null || text.equals("[]") ? "" : text.replaceAll("^\"(.*)\"$", "$1");
    }
}
