"""One formula language: parse, check, and three executors that agree (Python, SQL, browser)."""
