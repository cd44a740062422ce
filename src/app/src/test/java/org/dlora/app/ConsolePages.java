package org.dlora.app;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;

/** Walk from the menu of the console along all links: one page of each path. */
final class ConsolePages {
    /** Enough for all pages; a page that makes links without end would be found by it. */
    private static final int MOST = 60;

    private ConsolePages() {}

    /** Returns a page for each path that links lead to. */
    static List<String> of(ConsoleBrowser browser) {
        var seen = new HashSet<String>();
        var found = new ArrayList<String>();
        var open = new ArrayDeque<String>();
        browser.go("/console");
        open.addAll(browser.links("nav"));
        open.addAll(browser.links("header"));
        assertThat(open).as("the menu").isNotEmpty();
        while (!open.isEmpty()) {
            var page = open.remove();
            var path = page.replaceFirst("[?#].*", "");
            if (seen.add(path) && isPage(browser, page)) {
                found.add(page);
                assertThat(found.size()).as("%s", found).isLessThan(MOST);
                browser.go(page);
                open.addAll(browser.links("main"));
            }
        }
        return List.copyOf(found);
    }

    /** Returns whether a path has a page, and no file to download. */
    private static boolean isPage(ConsoleBrowser browser, String path) {
        var type =
                browser.runAsync(
                        """
                        const done = arguments[arguments.length - 1];
                        const end = new AbortController();
                        fetch(arguments[0], {headers: {Accept: 'text/html'}, signal: end.signal}).then(
                          answer => { done(String(answer.headers.get('content-type'))); end.abort(); },
                          problem => done(String(problem)));
                        """,
                        path);
        return String.valueOf(type).startsWith("text/html");
    }
}
