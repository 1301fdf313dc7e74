"""All tests. `README.md` beside this file tells the categories and how to run one."""
