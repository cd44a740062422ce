package org.dlora.console.journal;

import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;

/** The journal, the log, and the bundle for diagnosis. */
@Configuration(proxyBeanMethods = false)
@Import({
    JournalController.class,
    LatestChanges.class,
    LatestPanel.class,
    Redaction.class,
    LogLines.class,
    LogPanel.class,
    LogController.class,
    LogFileTail.class,
    LogFileController.class,
    SettingsReport.class,
    Diagnostics.class,
    DiagnosticsController.class
})
public class JournalPages {}
